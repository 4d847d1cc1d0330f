"""The kit that pages are drawn with: language, address, shell, forms, problems, figures in words."""
