-- Stands in for Citus: notes what is asked of it, and refuses what Citus refuses.
CREATE TABLE pg_dist_partition (
    logicalrelid REGCLASS PRIMARY KEY,
    partmethod "char" NOT NULL,
    partkey TEXT,
    colocationid INTEGER NOT NULL,
    repmodel "char" NOT NULL
);

CREATE FUNCTION citus_version() RETURNS TEXT LANGUAGE sql AS $$SELECT 'Citus 13.0.1 on a stand-in'$$;

-- A table may be referred to by, and refer to, tables on every machine only.
CREATE FUNCTION check_foreign_keys(asked REGCLASS, by_bucket BOOLEAN) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE wrong TEXT;
BEGIN
    SELECT k.conname INTO wrong FROM pg_constraint k
    LEFT JOIN pg_dist_partition o ON o.logicalrelid = k.confrelid
    WHERE k.contype = 'f' AND k.conrelid = asked AND k.confrelid <> asked AND o.partmethod IS DISTINCT FROM 'n';
    IF wrong IS NOT NULL THEN RAISE 'foreign key % of % leads to a table that is not on every machine', wrong, asked; END IF;
    SELECT k.conname INTO wrong FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = asked AND k.conrelid <> asked;
    IF by_bucket AND wrong IS NOT NULL THEN RAISE 'foreign key % leads to the distributed table %', wrong, asked; END IF;
    SELECT t.tgname INTO wrong FROM pg_trigger t WHERE t.tgrelid = asked AND NOT t.tgisinternal;
    IF wrong IS NOT NULL THEN RAISE 'trigger % on %: triggers are not supported', wrong, asked; END IF;
END
$$;

CREATE FUNCTION create_distributed_table(
    table_name REGCLASS, distribution_column TEXT, distribution_type TEXT DEFAULT 'hash',
    colocate_with TEXT DEFAULT 'default', shard_count INTEGER DEFAULT NULL
) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE wrong TEXT; other pg_dist_partition; place SMALLINT; kind OID;
BEGIN
    IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = table_name) THEN
        RAISE 'table % is already distributed', table_name;
    END IF;
    SELECT attnum, atttypid INTO place, kind FROM pg_attribute
    WHERE attrelid = table_name AND attname = distribution_column AND NOT attisdropped;
    IF place IS NULL THEN RAISE 'column % of % does not exist', distribution_column, table_name; END IF;
    SELECT i.indexrelid::regclass::text INTO wrong FROM pg_index i
    WHERE i.indrelid = table_name AND i.indisunique AND NOT place = ANY (i.indkey[0:i.indnkeyatts - 1]);
    IF wrong IS NOT NULL THEN RAISE 'cannot create constraint %: it lacks the distribution column', wrong; END IF;
    SELECT a.attname INTO wrong FROM pg_attribute a
    WHERE a.attrelid = table_name AND a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype;
    IF wrong IS NOT NULL THEN RAISE 'identity column % of % is not BIGINT', wrong, table_name; END IF;
    SELECT a.attname INTO wrong FROM pg_attribute a
    WHERE a.attrelid = table_name AND a.attname = distribution_column AND (a.attgenerated <> '' OR NOT a.attnotnull);
    IF wrong IS NOT NULL THEN RAISE 'the distribution column of % may be absent or is computed', table_name; END IF;
    PERFORM check_foreign_keys(table_name, TRUE);
    IF colocate_with = 'none' THEN
        INSERT INTO pg_dist_partition
            SELECT table_name, 'h', distribution_column, coalesce(max(colocationid), 0) + 1, 's' FROM pg_dist_partition;
    ELSE
        SELECT * INTO other FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass;
        IF other.partmethod IS DISTINCT FROM 'h' THEN RAISE 'relation % is not distributed', colocate_with; END IF;
        IF (SELECT atttypid FROM pg_attribute WHERE attrelid = other.logicalrelid AND attname = other.partkey) <> kind THEN
            RAISE 'cannot colocate % and %: their columns are of different types', table_name, colocate_with;
        END IF;
        INSERT INTO pg_dist_partition VALUES (table_name, 'h', distribution_column, other.colocationid, 's');
    END IF;
END
$$;

CREATE FUNCTION create_reference_table(table_name REGCLASS) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = table_name AND (partmethod = 'h' OR repmodel = 't')) THEN
        RAISE 'table % is already distributed', table_name;
    END IF;
    PERFORM check_foreign_keys(table_name, FALSE);
    DELETE FROM pg_dist_partition WHERE logicalrelid = table_name;
    INSERT INTO pg_dist_partition VALUES (table_name, 'n', NULL, 0, 't');
END
$$;

-- Which transaction wrote rows of which buckets, once asked for.
CREATE FUNCTION note_write() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO written VALUES (
        pg_current_xact_id(), TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN OLD.bucket ELSE NEW.bucket END,
        current_query() LIKE 'WITH c AS %'
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION watch_writes() RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE spread REGCLASS;
BEGIN
    CREATE TABLE written (xid XID8 NOT NULL, name TEXT NOT NULL, bucket SMALLINT NOT NULL, claims BOOLEAN NOT NULL);
    FOR spread IN SELECT logicalrelid FROM pg_dist_partition WHERE partmethod = 'h' LOOP
        EXECUTE format(
            'CREATE TRIGGER note_write AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION note_write()',
            spread
        );
    END LOOP;
END
$$;
