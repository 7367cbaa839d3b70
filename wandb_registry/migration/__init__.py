"""From a legacy Model Registry to reviewed desired state: scan, mapping rules, stack file and inventory."""
