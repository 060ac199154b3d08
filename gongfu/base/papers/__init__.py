"""Papers (电子证照): a certificate as PDF with a code, and the public page that says genuine, altered or withdrawn."""
