#!/bin/sh
# Prints rules.yaml as a PrometheusRule of the Prometheus Operator. What is given as an argument is put before
# each runbook's path: prometheus-rule.sh https://git.agency.gov.example/dancu/blob/main/
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
cat <<'END'
# Made by docs/operations/alerts/prometheus-rule.sh from rules.yaml beside it: change that, not this.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: dancu
spec:
END
sed -e '/^ *#/d' -e "s|^\( *runbook_url: \)|\1${1:-}|" -e 's|^|  |' rules.yaml
