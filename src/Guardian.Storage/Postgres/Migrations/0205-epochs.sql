-- Where each epoch of a symbol began. Sequences go on over epochs, so what an older epoch wrote before that number was
-- folded by its successor, however late it comes here; what lies beyond was not, and is late.
create table epochs(
    symbol text collate "C" not null,
    epoch_number bigint not null,
    epoch_generation integer not null,
    first_sequence bigint not null,
    day integer not null,
    constraint epochs_key primary key (symbol, epoch_number, epoch_generation));

comment on column events.late is
    'Of an older epoch, and not among what the next one had folded when it began: kept, and never folded.';

