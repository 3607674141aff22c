-- What makes and drops parts runs with the rights of the owner of the schema, so that the role of a running silo needs
-- none to create or drop: it may call these two functions and nothing else.

-- Makes the part of a day (days since the Unix epoch). Two that make the same one wait for each other.
create function make_part(wanted integer) returns void
language plpgsql security definer set lock_timeout = '2s' as $body$
declare
    part text := 'events_' || replace((date '1970-01-01' + wanted)::text, '-', '');
begin
    if not exists(select 1 from pg_partitioned_table where partrelid = 'events'::regclass) then
        return;
    end if;
    perform pg_advisory_xact_lock(7381240946291469);
    if exists(select 1 from days where day = wanted) then
        return;
    end if;
    -- Made alone and then attached: that waits neither for readers nor for writers of the other parts.
    execute format('create table %I(like events including defaults including constraints)', part);
    execute format('alter table events attach partition %I for values from (%s) to (%s)',
        part, wanted, wanted + 1);
    insert into days values(wanted, part);
end
$body$;

-- Drops every part of a day before the given one, with its sums. Waits for readers for two seconds
-- at most, and gives up then: it is tried again later.
create function drop_parts(oldest integer) returns integer
language plpgsql security definer set lock_timeout = '2s' as $body$
declare
    old record;
    dropped integer := 0;
begin
    if exists(select 1 from pg_partitioned_table where partrelid = 'events'::regclass) then
        for old in select * from days where day < oldest order by day loop
            execute format('drop table %I', old.part);
            delete from days where day = old.day;
            dropped := dropped + 1;
        end loop;
    else
        select count(*) into dropped from drop_chunks('events', older_than => oldest);
    end if;
    delete from minutes where day < oldest;
    return dropped;
end
$body$;

-- Compresses the chunks of TimescaleDB that ended before a day, where its licence has compression.
create function compress_parts(oldest integer) returns integer
language plpgsql security definer set lock_timeout = '2s' as $body$
declare
    chunk regclass;
    done integer := 0;
begin
    if exists(select 1 from pg_partitioned_table where partrelid = 'events'::regclass)
        or current_setting('timescaledb.license', true) is distinct from 'timescale' then
        return 0;
    end if;
    if not exists(select 1 from timescaledb_information.hypertables
        where hypertable_schema = current_schema() and hypertable_name = 'events' and compression_enabled) then
        alter table events set (timescaledb.compress, timescaledb.compress_segmentby = 'symbol',
            timescaledb.compress_orderby = 'at, epoch_number, epoch_generation, sequence');
    end if;
    for chunk in select c from show_chunks('events', older_than => oldest) as c
        join timescaledb_information.chunks as i
            on i.chunk_schema || '.' || i.chunk_name = c::text and not i.is_compressed
    loop
        perform compress_chunk(chunk);
        done := done + 1;
    end loop;
    return done;
end
$body$;

-- The rights of the owner are lent with a path of their own, so that nobody puts a table of the same name before ours.
do $do$
declare
    called text;
begin
    foreach called in array array['make_part(integer)', 'drop_parts(integer)', 'compress_parts(integer)'] loop
        execute format('alter function %s set search_path = %I, public, pg_temp', called, current_schema());
        execute format('revoke all on function %s from public', called);
    end loop;
end
$do$;
