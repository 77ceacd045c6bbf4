"""Was the upgrade safe? Two sides, each in live workers, take turns."""
