# The image of `dancu`: the program and what it is linked with, and nothing that could start another.
# docs/operations/container.md says how to build and run it, and what of it is tested.

# A tag for reading. For a build that can be repeated give the digest too:
# --build-arg RUST=1.95.0-slim-bookworm@sha256:…
ARG RUST=1.95.0-slim-bookworm

FROM rust:${RUST} AS build
WORKDIR /build
RUN apt-get -q update && apt-get -qy install --no-install-recommends ca-certificates
COPY . .
RUN ./dev sbom && cargo build --release --locked --bin dancu
RUN container/rootfs target/release/dancu /rootfs && \
    install -D -m 0644 target/sbom/dancu.cdx.json /rootfs/usr/share/doc/dancu/dancu.cdx.json && \
    install -m 0644 LICENSE /rootfs/usr/share/doc/dancu/copyright

# checkov:skip=CKV_DOCKER_2: there is no shell and no client in the image to ask with; the platform's
# probes ask /health/live and /health/ready.
FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dancu" \
      org.opencontainers.image.description="Answers questions about a person from the national population database, each recorded before it leaves" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /rootfs/ /
USER 65532:65532
WORKDIR /
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/dancu"]
CMD ["serve", "--config", "/etc/dancu/dancu.toml"]
