"""What must be neither said nor kept: secrets and personal data in what reports say."""
