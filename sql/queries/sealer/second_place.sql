SELECT second_place FROM audit.sealer
