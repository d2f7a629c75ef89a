"""What others read: the record as files of other programs, each made by a pure function."""
