SELECT epoch, origin, follows FROM audit.epoch ORDER BY epoch
