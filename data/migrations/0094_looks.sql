-- Near twins differ in at most 6 of 64 bits: cut into seven pieces, at least one piece is the same in both.
-- Each piece is found on an index of its own, so that nobody compares a whole library. See `data/looks.py`.

CREATE INDEX file_look_1_idx ON file (substr(phash, 1, 2)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_2_idx ON file (substr(phash, 3, 2)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_3_idx ON file (substr(phash, 5, 2)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_4_idx ON file (substr(phash, 7, 2)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_5_idx ON file (substr(phash, 9, 2)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_6_idx ON file (substr(phash, 11, 3)) WHERE phash IS NOT NULL;
CREATE INDEX file_look_7_idx ON file (substr(phash, 14, 3)) WHERE phash IS NOT NULL;
