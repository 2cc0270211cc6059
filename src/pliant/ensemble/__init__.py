"""Out-of-fold predictions become a weighted ensemble of final members."""
