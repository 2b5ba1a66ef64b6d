/// A change of the catalog that mends one kind of damage.
enum RepairName: String, Sendable, Hashable, CaseIterable {
  // In the order in which they are done. A repair adds a snapshot, which would make rows of snapshots that never were
  // visible: those go first.
  case removeDanglingRows = "remove_dangling_rows"
  case raiseNextID = "raise_next_id"
  case completeSnapshotChanges = "complete_snapshot_changes"
  case removeOption = "remove_option"
  case addSchemaVersion = "add_schema_version"
  case unscheduleFile = "unschedule_file"
  case endColumns = "end_columns"
  case endFiles = "end_files"
  case dropDuplicateRegistration = "drop_duplicate_registration"
  case forgetDataFile = "forget_data_file"
  case forgetDeleteFile = "forget_delete_file"
  case forgetInlinedTable = "forget_inlined_table"
  case registerInlinedTable = "register_inlined_table"
  case dropInlinedTable = "drop_inlined_table"
  case removeStatistics = "remove_statistics"
  case correctRecordCount = "correct_record_count"
  case correctDeleteCount = "correct_delete_count"
  case correctFooterSize = "correct_footer_size"
  case correctColumnStatistics = "correct_column_statistics"
  case correctTableStatistics = "correct_table_statistics"
}

/// Which repair, and of what.
struct RepairTarget: Sendable, Hashable {
  let repair: RepairName
  /// What the repair changes, as its statements need it: numbers and texts, in an order of its own.
  let keys: [String?]
  /// What is given up by it, in words; nil when nothing is.
  let loss: String?

  init(_ repair: RepairName, _ keys: [String?], loss: String? = nil) {
    self.repair = repair
    self.keys = keys
    self.loss = loss
  }
}
