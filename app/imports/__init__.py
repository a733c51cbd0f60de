"""Reading what others wrote in bulk: files to rows, rows to scope lines, faults to a report."""
