"""Methods that see one number per municipality: its change from before to after."""
