-- Reference tables: the frozen and dated code lists of the field.
CREATE SCHEMA reference;
