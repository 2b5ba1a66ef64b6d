extension WorkspaceSettings {
  /// The same with other sources of credentials.
  ///
  /// - Parameter change: called for each source that the settings name.
  public func mapSecrets(_ change: (SecretSource) -> SecretSource) -> WorkspaceSettings {
    var settings = self
    for index in settings.lakes.indices {
      if case .postgresql(var catalog) = settings.lakes[index].catalog {
        catalog.password = catalog.password.map(change)
        settings.lakes[index].catalog = .postgresql(catalog)
      }
      settings.lakes[index].storage = settings.lakes[index].storage.mapSecrets(change)
    }
    for index in settings.engine.databases.indices {
      switch settings.engine.databases[index].place {
      case .postgresql(var server):
        server.password = server.password.map(change)
        settings.engine.databases[index].place = .postgresql(server)
      case .mysql(var server):
        server.password = server.password.map(change)
        settings.engine.databases[index].place = .mysql(server)
      case .sqlite, .duckdb: break
      }
    }
    settings.engine.buckets = settings.engine.buckets.map { $0.mapSecrets(change) }
    for index in settings.engine.containers.indices {
      settings.engine.containers[index].connection = settings.engine.containers[index].connection.map(change)
    }
    settings.engine.storages = settings.engine.storages.mapValues { $0.mapSecrets(change) }
    settings.storages = settings.storages.mapValues { $0.mapSecrets(change) }
    return settings
  }
}

extension Storage {
  fileprivate func mapSecrets(_ change: (SecretSource) -> SecretSource) -> Storage {
    switch self {
    case .folder: self
    case .s3(let bucket): .s3(bucket.mapSecrets(change))
    }
  }
}

extension S3Storage {
  fileprivate func mapSecrets(_ change: (SecretSource) -> SecretSource) -> S3Storage {
    var bucket = self
    bucket.keyID = keyID.map(change)
    bucket.secret = secret.map(change)
    return bucket
  }
}
