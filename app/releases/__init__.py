"""Editions of the service resource catalogue list (服务资源目录清单): numbered, frozen, in several forms."""
