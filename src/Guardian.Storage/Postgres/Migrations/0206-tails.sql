-- The newest journal entries of each symbol as they were folded, packed: what a guardian is rebuilt from when its silo is
-- gone and L1 lacks some of them. What came late is not here. Kept for a while, until records hold a newer snapshot.
create table tails(
    symbol text collate "C" not null,
    epoch_number bigint not null,
    epoch_generation integer not null,
    first_sequence bigint not null,
    count integer not null,
    first_at bigint not null,
    last_at bigint not null,
    received_at bigint not null,
    class smallint not null,
    producer text collate "C",
    producer_epoch bigint not null,
    producer_through bigint not null,
    seal bigint not null,
    payload bytea not null,
    stored bigint not null default extract(epoch from clock_timestamp()),
    constraint tails_key
        primary key (symbol, epoch_number, epoch_generation, first_sequence, count, producer_through));

create index tails_by_age on tails(stored);
