INSERT INTO audit.epoch (epoch, origin, follows) VALUES ($1, $2, $3) ON CONFLICT (epoch) DO NOTHING
