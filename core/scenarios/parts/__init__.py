"""What several scenarios share. Only modules of the folder above are scenarios."""
