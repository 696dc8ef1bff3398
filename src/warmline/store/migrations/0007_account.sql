-- Which account each try went to: another one, connected since, must not be searched in its place.

ALTER TABLE attempt ADD COLUMN account TEXT;
