-- Timers run by a clock that knows no jumps: how far the clock on the wall has been moved since this database began.

CREATE TABLE clock (
    one INTEGER PRIMARY KEY,
    ahead {big} NOT NULL,
    wall {big} NOT NULL,
    steady {big} NOT NULL,
    boot TEXT NOT NULL,
    proof {big} NOT NULL
);
CREATE INDEX handoff_step ON handoff (helpdesk, step);
