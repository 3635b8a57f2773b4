"""The bus: carries hints between steps."""
