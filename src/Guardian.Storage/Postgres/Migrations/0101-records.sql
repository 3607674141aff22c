-- The records of guardians and the states of other grains: grain storage for Orleans in our own SQL.
-- The script of Orleans itself has no unique key, and lets two first writes both win.
-- (No apostrophes in comments: the runner takes them for the beginning of a text.)
create table records(
    service_id text not null,
    state_name text not null,
    id_ext text not null default '',
    id_n0 bigint not null,
    id_n1 bigint not null,
    id_hash integer not null,
    type_hash integer not null,
    version integer not null,
    payload bytea,
    modified_at timestamptz not null default now(),
    constraint records_key primary key (service_id, state_name, id_ext, id_n0, id_n1));

-- Orleans reads its statements from a table of this name.
create table orleansquery(
    querykey text primary key,
    querytext text not null);

-- The first write is fenced by the key, every other one by the version. A conflict is one row without a number: of no
-- row at all Orleans takes notice after a first write only.
insert into orleansquery values
('WriteToStorageKey', '
with added as (
    insert into records(service_id, state_name, id_ext, id_n0, id_n1, id_hash, type_hash, version, payload)
    select @ServiceId, @GrainTypeString, @GrainIdExtensionString::text, @GrainIdN0, @GrainIdN1,
        @GrainIdHash, @GrainTypeHash, 1, @PayloadBinary
    where @GrainStateVersion::integer is null
    on conflict do nothing
    returning version),
changed as (
    update records set payload = @PayloadBinary, version = version + 1, modified_at = now()
    where service_id = @ServiceId and state_name = @GrainTypeString
        and id_ext = @GrainIdExtensionString::text and id_n0 = @GrainIdN0 and id_n1 = @GrainIdN1
        and version = @GrainStateVersion::integer
    returning version)
select max(version) as NewGrainStateVersion
from (select version from added union all select version from changed) as written'),
('ReadFromStorageKey', '
select payload as PayloadBinary, version as Version from records
where service_id = @ServiceId and state_name = @GrainTypeString
    and id_ext = @GrainIdExtensionString::text and id_n0 = @GrainIdN0 and id_n1 = @GrainIdN1
    and id_hash = @GrainIdHash and type_hash = @GrainTypeHash'),
('ClearStorageKey', '
with changed as (
    update records set payload = null, version = version + 1, modified_at = now()
    where service_id = @ServiceId and state_name = @GrainTypeString
        and id_ext = @GrainIdExtensionString::text and id_n0 = @GrainIdN0 and id_n1 = @GrainIdN1
        and id_hash = @GrainIdHash and type_hash = @GrainTypeHash and version = @GrainStateVersion::integer
    returning version)
select max(version) as NewGrainStateVersion from changed');
