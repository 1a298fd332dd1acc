-- The triggers, their functions and the indexes on expressions of the first version.
-- Never edited after a release: a later migration brings SQL of its own.

CREATE OR REPLACE FUNCTION klanten_plugin_klant_changed() RETURNS trigger AS $$
DECLARE
    asked text := NEW.etag;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.etag := ('!' || pg_current_xact_id()::text);
        RETURN NEW;
    END IF;
    -- Any UPDATE that names the column, such as a save() of an object that was read
    -- long ago, would bring back a hash of values that are gone. So it is only taken
    -- from who shows the marker that it was computed under: "<marker>:<hash>".
    NEW.etag := OLD.etag;
    IF NEW IS DISTINCT FROM OLD OR asked = ('!' || pg_current_xact_id()::text) THEN
        NEW.etag := ('!' || pg_current_xact_id()::text);
        INSERT INTO klanten_plugin_changedklant (klant_id) VALUES (OLD.id);
    ELSIF starts_with(OLD.etag, '!') AND starts_with(asked, OLD.etag || ':') THEN
        NEW.etag := substr(asked, length(OLD.etag) + 2);
    END IF;
    RETURN NEW;
END
$$
LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION klanten_plugin_klantadres_changed() RETURNS trigger AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = OLD.klant_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = NEW.klant_id;
    END IF;
    RETURN NULL;
END
$$
LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION klanten_plugin_natuurlijkpersoon_changed() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM klanten_plugin_klant
        WHERE id = NEW.klant_id AND subject_type = 'natuurlijk_persoon'
    ) THEN
        RAISE EXCEPTION 'klant % is not of type natuurlijk_persoon', NEW.klant_id
        USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = OLD.klant_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = NEW.klant_id;
    END IF;
    RETURN NULL;
END
$$
LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION klanten_plugin_subverblijfbuitenland_changed() RETURNS trigger AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = coalesce((
            SELECT klant_id FROM klanten_plugin_natuurlijkpersoon
            WHERE id = OLD.natuurlijk_persoon_id), (
            SELECT klant_id FROM klanten_plugin_nietnatuurlijkpersoon
            WHERE id = OLD.niet_natuurlijk_persoon_id), (
            SELECT klant_id FROM klanten_plugin_vestiging
            WHERE id = OLD.vestiging_id));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = coalesce((
            SELECT klant_id FROM klanten_plugin_natuurlijkpersoon
            WHERE id = NEW.natuurlijk_persoon_id), (
            SELECT klant_id FROM klanten_plugin_nietnatuurlijkpersoon
            WHERE id = NEW.niet_natuurlijk_persoon_id), (
            SELECT klant_id FROM klanten_plugin_vestiging
            WHERE id = NEW.vestiging_id));
    END IF;
    RETURN NULL;
END
$$
LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION klanten_plugin_verblijfsadres_changed() RETURNS trigger AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = coalesce((
            SELECT klant_id FROM klanten_plugin_natuurlijkpersoon
            WHERE id = OLD.natuurlijk_persoon_id), (
            SELECT klant_id FROM klanten_plugin_vestiging
            WHERE id = OLD.vestiging_id));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = coalesce((
            SELECT klant_id FROM klanten_plugin_natuurlijkpersoon
            WHERE id = NEW.natuurlijk_persoon_id), (
            SELECT klant_id FROM klanten_plugin_vestiging
            WHERE id = NEW.vestiging_id));
    END IF;
    RETURN NULL;
END
$$
LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION klanten_plugin_nietnatuurlijkpersoon_changed() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM klanten_plugin_klant
        WHERE id = NEW.klant_id AND subject_type = 'niet_natuurlijk_persoon'
    ) THEN
        RAISE EXCEPTION 'klant % is not of type niet_natuurlijk_persoon', NEW.klant_id
        USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = OLD.klant_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = NEW.klant_id;
    END IF;
    RETURN NULL;
END
$$
LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION klanten_plugin_vestiging_changed() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM klanten_plugin_klant
        WHERE id = NEW.klant_id AND subject_type = 'vestiging'
    ) THEN
        RAISE EXCEPTION 'klant % is not of type vestiging', NEW.klant_id
        USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = OLD.klant_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE klanten_plugin_klant AS klant
        SET etag = ('!' || pg_current_xact_id()::text)
        WHERE klant.etag IS DISTINCT FROM ('!' || pg_current_xact_id()::text) AND klant.id = NEW.klant_id;
    END IF;
    RETURN NULL;
END
$$
LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION klanten_plugin_klant_counted() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO klanten_plugin_klantcount (change) SELECT count(*) FROM changed
        HAVING count(*) > 0;
        INSERT INTO klanten_plugin_changedklant (klant_id) SELECT id FROM changed;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO klanten_plugin_klantcount (change) SELECT -count(*) FROM changed
        HAVING count(*) > 0;
        INSERT INTO klanten_plugin_changedklant (klant_id) SELECT id FROM changed;
    ELSE
        DELETE FROM klanten_plugin_klantcount;
        DELETE FROM klanten_plugin_changedklant;
        DELETE FROM klanten_plugin_klantbitmap;
        DELETE FROM klanten_plugin_sharedvalue;
    END IF;
    IF random() < 0.02 AND current_setting('transaction_isolation') = 'read committed'
    THEN

        WITH held AS MATERIALIZED (
            SELECT id FROM klanten_plugin_klantcount FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM klanten_plugin_klantcount
            WHERE id = ANY(ARRAY(SELECT id FROM held)) RETURNING change
        )
        INSERT INTO klanten_plugin_klantcount (change) SELECT sum(change) FROM gone
        HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$
LANGUAGE plpgsql;

DO $$
DECLARE
    home name := (
        SELECT nspname FROM pg_namespace
        JOIN pg_class ON pg_namespace.oid = relnamespace
        WHERE pg_class.oid = 'klanten_plugin_klant'::regclass
    );
    function_name name;
BEGIN
    FOREACH function_name IN ARRAY ARRAY['klanten_plugin_klant_changed', 'klanten_plugin_klantadres_changed', 'klanten_plugin_natuurlijkpersoon_changed', 'klanten_plugin_subverblijfbuitenland_changed', 'klanten_plugin_verblijfsadres_changed', 'klanten_plugin_nietnatuurlijkpersoon_changed', 'klanten_plugin_vestiging_changed', 'klanten_plugin_klant_counted']
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %I() SET search_path TO %I, pg_temp', function_name, home
        );
    END LOOP;
END $$;

CREATE TRIGGER klanten_plugin_klant_changed BEFORE INSERT OR UPDATE ON klanten_plugin_klant FOR EACH ROW EXECUTE FUNCTION klanten_plugin_klant_changed();

CREATE TRIGGER klanten_plugin_klantadres_changed AFTER INSERT OR DELETE OR UPDATE ON klanten_plugin_klantadres FOR EACH ROW EXECUTE FUNCTION klanten_plugin_klantadres_changed();

CREATE TRIGGER klanten_plugin_natuurlijkpersoon_changed AFTER INSERT OR DELETE OR UPDATE ON klanten_plugin_natuurlijkpersoon FOR EACH ROW EXECUTE FUNCTION klanten_plugin_natuurlijkpersoon_changed();

CREATE TRIGGER klanten_plugin_subverblijfbuitenland_changed AFTER INSERT OR DELETE OR UPDATE ON klanten_plugin_subverblijfbuitenland FOR EACH ROW EXECUTE FUNCTION klanten_plugin_subverblijfbuitenland_changed();

CREATE TRIGGER klanten_plugin_verblijfsadres_changed AFTER INSERT OR DELETE OR UPDATE ON klanten_plugin_verblijfsadres FOR EACH ROW EXECUTE FUNCTION klanten_plugin_verblijfsadres_changed();

CREATE TRIGGER klanten_plugin_nietnatuurlijkpersoon_changed AFTER INSERT OR DELETE OR UPDATE ON klanten_plugin_nietnatuurlijkpersoon FOR EACH ROW EXECUTE FUNCTION klanten_plugin_nietnatuurlijkpersoon_changed();

CREATE TRIGGER klanten_plugin_vestiging_changed AFTER INSERT OR DELETE OR UPDATE ON klanten_plugin_vestiging FOR EACH ROW EXECUTE FUNCTION klanten_plugin_vestiging_changed();

CREATE TRIGGER klanten_plugin_klant_inserted AFTER INSERT ON klanten_plugin_klant REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION klanten_plugin_klant_counted();

CREATE TRIGGER klanten_plugin_klant_deleted AFTER DELETE ON klanten_plugin_klant REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION klanten_plugin_klant_counted();

CREATE TRIGGER klanten_plugin_klant_truncated AFTER TRUNCATE ON klanten_plugin_klant FOR EACH STATEMENT EXECUTE FUNCTION klanten_plugin_klant_counted();

CREATE INDEX klanten_zoek_achternaam ON klanten_plugin_klant (upper(translate(regexp_replace(normalize(achternaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C", upper(translate(regexp_replace(normalize(voornaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C", upper(translate(regexp_replace(normalize(voorvoegsel_achternaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE achternaam > '';

CREATE INDEX klanten_zoek_voornaam ON klanten_plugin_klant (upper(translate(regexp_replace(normalize(voornaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE voornaam > '';

CREATE INDEX klanten_zoek_bedrijfsnaam ON klanten_plugin_klant (upper(translate(regexp_replace(normalize(bedrijfsnaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE bedrijfsnaam > '';

CREATE INDEX klanten_zoek_emailadres ON klanten_plugin_klant (upper(emailadres) COLLATE "C");

CREATE INDEX klanten_zoek_geslachtsnaam ON klanten_plugin_natuurlijkpersoon (upper(translate(regexp_replace(normalize(geslachtsnaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C", upper(translate(regexp_replace(normalize(voornamen, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C", upper(translate(regexp_replace(normalize(voorvoegsel_geslachtsnaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE geslachtsnaam > '';

CREATE INDEX klanten_zoek_voornamen ON klanten_plugin_natuurlijkpersoon (upper(translate(regexp_replace(normalize(voornamen, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE voornamen > '';

CREATE INDEX klanten_zoek_geboortedatum ON klanten_plugin_natuurlijkpersoon (geboortedatum) WHERE geboortedatum > '';

CREATE INDEX klanten_zoek_statutaire_naam ON klanten_plugin_nietnatuurlijkpersoon (upper(translate(regexp_replace(normalize(statutaire_naam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE statutaire_naam > '';

CREATE INDEX klanten_zoek_handelsnaam1 ON klanten_plugin_vestiging (upper(translate(regexp_replace(normalize((handelsnaam)[1], NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE (handelsnaam)[1] > '';

CREATE INDEX klanten_zoek_handelsnaam2 ON klanten_plugin_vestiging (upper(translate(regexp_replace(normalize((handelsnaam)[2], NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE (handelsnaam)[2] > '';

CREATE INDEX klanten_zoek_handelsnaam3 ON klanten_plugin_vestiging (upper(translate(regexp_replace(normalize((handelsnaam)[3], NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C") WHERE (handelsnaam)[3] > '';

CREATE INDEX klanten_zoek_straat ON klanten_plugin_klantadres (upper(translate(regexp_replace(normalize(straatnaam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C", huisnummer) WHERE straatnaam > '';

CREATE INDEX klanten_zoek_verblijf_straat ON klanten_plugin_verblijfsadres (upper(translate(regexp_replace(normalize(gor_openbare_ruimte_naam, NFD), '[\u0300-\u036f]', '', 'g'), 'ØøŁłĐđıß’', 'OoLlDdis''')) COLLATE "C", aoa_huisnummer) WHERE gor_openbare_ruimte_naam > '';

CREATE INDEX klanten_zoek_verblijf_postcode ON klanten_plugin_verblijfsadres (aoa_postcode, aoa_huisnummer) WHERE aoa_postcode > '';

CREATE INDEX klanten_zoek_telefoonnummer ON klanten_plugin_klant (right(regexp_replace(telefoonnummer, '[^0-9]', '', 'g'), 9)) WHERE telefoonnummer > '';

-- By default PostgreSQL vacuums a table after a fifth of it has changed. Index-only
-- scans need the visibility map, in which a change marks the whole block of a klant as
-- not all-visible until the next vacuum. With the defaults and 4 % of a million klanten
-- changed, a third of the blocks is read unnecessarily. An operator can change these
-- parameters: they are never compared with a database.

-- tables that grow with the number of klanten, and change one row at a time
ALTER TABLE klanten_plugin_klant SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE klanten_plugin_klantadres SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE klanten_plugin_natuurlijkpersoon SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE klanten_plugin_subverblijfbuitenland SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE klanten_plugin_verblijfsadres SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE klanten_plugin_nietnatuurlijkpersoon SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE klanten_plugin_vestiging SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

ALTER TABLE klanten_plugin_outboxtask SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

-- Tables with short-lived rows that every page reads. By default, VACUUM skips the
-- indexes of a table with few deleted rows, and leaves pointers behind. One in the last
-- block keeps the table as large as it was after a mass change, and every page would
-- read all its empty blocks.
ALTER TABLE klanten_plugin_klantcount SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, vacuum_index_cleanup = on);

ALTER TABLE klanten_plugin_changedklant SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, vacuum_index_cleanup = on);

ALTER TABLE klanten_plugin_klantbitmap SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, vacuum_index_cleanup = on);

-- PostgreSQL ignores expression statistics of a partial index, and would estimate that
-- 0.5 % of all lines belong to one klant
CREATE STATISTICS klanten_audittrail_klant_stat ON (right(hoofd_object, 36)) FROM audittrails_audittrail;

-- or the statistics wait for autovacuum, where there are audit lines already
ANALYZE audittrails_audittrail;
