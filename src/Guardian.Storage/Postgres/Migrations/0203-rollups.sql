-- Latencies by minute and stage: of each bucket of the log-linear histogram the count and the largest value, in
-- microseconds. Two rollups are merged by putting their buckets together. Made of the events in the background; "rows"
-- tells of how many events of that minute, so that one that is behind is known and made anew.
create table rollups(
    symbol text collate "C" not null,
    stage text not null,
    minute bigint not null,
    rows bigint not null,
    day integer not null,
    count bigint not null,
    largest bigint[] not null,
    counts bigint[] not null,
    constraint rollups_key primary key (symbol, minute, stage));

-- Which minutes have been made, also those without a latency.
create table rolled(
    symbol text collate "C" not null,
    minute bigint not null,
    rows bigint not null,
    day integer not null,
    constraint rolled_key primary key (symbol, minute));

-- By the day on which they were made they are dropped: the minutes of a recording may be years old.
create index rollups_by_day on rollups(day);
create index rolled_by_day on rolled(day);

-- The bucket of a latency in microseconds, 128 in an octave: (s << 7) + (x >> s), s = max(0, bits of x - 8). A
-- logarithm that is off at a power of two gives the same bucket.
create function latency_bucket(x bigint) returns bigint language sql immutable as
'select (greatest(0, floor(ln(greatest(x, 1)::float8) / 0.6931471805599453)::bigint - 7) << 7)
    + (x >> greatest(0, floor(ln(greatest(x, 1)::float8) / 0.6931471805599453)::bigint - 7)::integer)';
