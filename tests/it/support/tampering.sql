-- Lets a test change single entries through the view: the block is taken apart first.
CREATE OR REPLACE FUNCTION public.tamper() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    block audit.block;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        FOR block IN
            DELETE FROM audit.block
            WHERE at = OLD.at AND lane_id = OLD.lane_id
              AND first_seq <= OLD.seq AND first_seq + count > OLD.seq
            RETURNING *
        LOOP
            INSERT INTO audit.block
            SELECT block.at, block.lane_id, block.first_seq + place - 1, 1, ARRAY[entry]
            FROM unnest(block.entries) WITH ORDINALITY AS e (entry, place)
            WHERE block.first_seq + place - 1 <> OLD.seq;
        END LOOP;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    INSERT INTO audit.block VALUES (NEW.at, NEW.lane_id, NEW.seq, 1, ARRAY[NEW.entry]);
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER tamper INSTEAD OF INSERT OR UPDATE OR DELETE ON audit.entry
FOR EACH ROW EXECUTE FUNCTION public.tamper();
