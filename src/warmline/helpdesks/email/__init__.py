"""A helpdesk that is reached by e-mail: any with a mailbox."""
