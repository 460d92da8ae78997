"""What measures vaultsync: generated vaults of known mentions, and the numbers of the design's section 11."""
