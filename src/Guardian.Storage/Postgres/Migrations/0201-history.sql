-- Every event, in plain named columns. Times are nanoseconds of the Unix epoch, as they were observed; the view
-- "history" shows them as timestamps. "day" is that of received_at, the wall time at which an event was folded, and the
-- part in which it lies: a replay of an old recording lies in the part of the day on which it was played.
create table events_form(
    symbol text collate "C" not null,
    epoch_number bigint not null,
    epoch_generation integer not null,
    sequence bigint not null,
    at bigint not null,
    received_at bigint not null,
    day integer not null,
    kind text not null,
    observed text,
    subject text,
    value double precision,
    quantity double precision,
    sent bigint,
    received bigint,
    text text,
    guardrail text,
    from_state text,
    to_state text,
    trading_state text,
    episode bigint,
    shadow smallint,
    actor text,
    reasons text,
    late boolean not null default false);

comment on column events_form.late is
    'Came of an older epoch after a newer one had begun: kept, and never folded.';

-- Days that have a part; on TimescaleDB it keeps its own list of chunks, and this one is empty.
create table days(
    day integer primary key,
    part text not null);

do $do$
begin
    if exists(select 1 from pg_extension where extname = 'timescaledb') then
        create table events(like events_form including defaults including comments);
        perform create_hypertable('events', 'day', chunk_time_interval => 1, create_default_indexes => false);
    else
        create table events(like events_form including defaults including comments) partition by range(day);
    end if;
end
$do$;

drop table events_form;

alter table events add constraint events_key
    primary key (symbol, epoch_number, epoch_generation, sequence, at, day);

create index events_by_time on events(symbol, at, epoch_number, epoch_generation, sequence);

-- Sums by symbol, epoch and minute of session time, kept in the transaction of the rows: tiers are compared by them.
-- By day of received_at too, so that they go with the part that they count.
create table minutes(
    symbol text collate "C" not null,
    epoch_number bigint not null,
    epoch_generation integer not null,
    minute bigint not null,
    day integer not null,
    count bigint not null,
    sum numeric not null,
    constraint minutes_key primary key (symbol, minute, epoch_number, epoch_generation, day));

create index minutes_by_day on minutes(day);

-- The newest epoch of each symbol that has written here.
create table newest_epochs(
    symbol text collate "C" primary key,
    epoch_number bigint not null,
    epoch_generation integer not null);

-- Up to where each silo has fed this database: one that comes back older is fed again from there.
create table feeds(
    silo text primary key,
    position bigint not null);

create view history as
select symbol, epoch_number || '.' || epoch_generation as epoch, sequence,
    to_timestamp(at / 1000000000.0) as at, to_timestamp(received_at / 1000000000.0) as received_at,
    kind, observed, subject, value, quantity,
    to_timestamp(sent / 1000000000.0) as sent, to_timestamp(received / 1000000000.0) as received,
    text, guardrail, from_state, to_state, trading_state, episode, shadow = 1 as shadow, actor, reasons, late
from events;
