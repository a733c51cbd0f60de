"""Results (成果): drafts and versions, disclosure, submission to calls, attachments, access of others."""
