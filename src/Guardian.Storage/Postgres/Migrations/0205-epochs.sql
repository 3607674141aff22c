-- What each epoch of a symbol had folded when it began, as its first event tells: the last event of the epoch before it.
-- So what an older epoch wrote is known to be folded or not, however late it comes here.
create table epochs(
    symbol text collate "C" not null,
    epoch_number bigint not null,
    epoch_generation integer not null,
    folded_number bigint not null,
    folded_generation integer not null,
    folded_sequence bigint not null,
    day integer not null,
    constraint epochs_key primary key (symbol, epoch_number, epoch_generation));

create index epochs_by_folded on epochs(symbol, folded_number, folded_generation);

comment on column events.late is
    'Of an older epoch, after a newer one had begun that had not folded it: kept, and never folded.';
