SELECT epoch, planned FROM audit.sealer
