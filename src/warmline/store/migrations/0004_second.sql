-- Where each try went: a second destination may have taken over.

ALTER TABLE attempt ADD COLUMN helpdesk TEXT;
