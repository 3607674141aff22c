-- The halt board: entries and tombstones, merged by whoever writes one, under the lock of the row of the version.
create table halts(
    id text primary key,
    session text not null,
    scope text not null,
    key text not null,
    is_open boolean not null,
    since timestamptz,
    actor text not null,
    reason text not null,
    released_at timestamptz,
    released_by text,
    payload bytea not null,
    checksum bigint not null);

-- A database that is another one, or an older one, has another incarnation or version: it is read and filled anew.
create table halts_version(
    single boolean primary key default true check (single),
    incarnation uuid not null default gen_random_uuid(),
    version bigint not null default 0);

insert into halts_version default values;
