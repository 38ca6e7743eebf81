-- One row a person. Nothing about health is in it: see Person in intents/turn.py.
CREATE TABLE IF NOT EXISTS person (
  person TEXT NOT NULL PRIMARY KEY, -- personId where Alexa knows the voice, else userId
  user TEXT NOT NULL, -- the household's userId: disabling the skill deletes all of its rows
  attributes TEXT NOT NULL, -- a JSON object
  version INTEGER NOT NULL, -- 1 for a new row, one more with every change
  used_on TEXT NOT NULL -- ISO date of the last day of use; a year later the row is deleted
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS person_user ON person (user);
CREATE INDEX IF NOT EXISTS person_used_on ON person (used_on);
