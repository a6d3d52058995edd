SELECT minimum_days FROM audit.retention
