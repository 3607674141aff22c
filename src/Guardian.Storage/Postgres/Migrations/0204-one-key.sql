-- One index in place of two: key and index by time held the same columns in another order, and each was written for
-- every event. In the order of time it serves the pages of a symbol, and keeps each event unique as before.
alter table events drop constraint events_key;

drop index events_by_time;

alter table events add constraint events_key
    primary key (symbol, at, epoch_number, epoch_generation, sequence, day);
