-- Near twins again, for libraries of a million: four pieces of sixteen bits, each looked for as it is and with one bit
-- the other way, find a twentieth of the candidates that seven smaller pieces did, and are less to write.

DROP INDEX file_look_1_idx;
DROP INDEX file_look_2_idx;
DROP INDEX file_look_3_idx;
DROP INDEX file_look_4_idx;
DROP INDEX file_look_5_idx;
DROP INDEX file_look_6_idx;
DROP INDEX file_look_7_idx;

CREATE INDEX file_look_1_idx ON file (substr(phash, 1, 4)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_2_idx ON file (substr(phash, 5, 4)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_3_idx ON file (substr(phash, 9, 4)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_4_idx ON file (substr(phash, 13, 4)) WHERE phash IS NOT NULL;
