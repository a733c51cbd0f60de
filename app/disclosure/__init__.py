"""Disclosure tiers (分类分级): which field of a result may be read by whom, and the record of every reading."""
