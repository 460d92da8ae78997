"""The vault's repository; `process` alone starts git."""
