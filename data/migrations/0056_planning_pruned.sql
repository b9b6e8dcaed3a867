-- What planning no longer needs is cleared away by age: each of these serves one line of the cleanup job.

CREATE INDEX automation_line_age_idx ON automation_line (at);
CREATE INDEX automation_use_age_idx ON automation_use (slot_at);
CREATE INDEX automation_removed_idx ON automation (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX plan_undo_age_idx ON plan_undo (created_at);
CREATE INDEX holiday_over_idx ON holiday (last_day);
CREATE INDEX work_sample_age_idx ON work_sample (day);
