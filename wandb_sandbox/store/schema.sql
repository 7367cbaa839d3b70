-- Names compare without case, as on the real server. Ids are never reused.
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS organizations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  entity_id INTEGER NOT NULL DEFAULT 0,
  advanced_search INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS entities (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'team', 'organization')),
  organization_id INTEGER REFERENCES organizations (id),
  created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entities_of_organization ON entities (organization_id);
CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL COLLATE NOCASE UNIQUE,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  entity_id INTEGER NOT NULL,
  is_admin INTEGER NOT NULL DEFAULT 0,
  account_type TEXT NOT NULL DEFAULT 'USER',
  organization_wide INTEGER NOT NULL DEFAULT 0,
  default_entity_id INTEGER,
  created_at TEXT NOT NULL,
  deleted_at TEXT
);
-- Keys are kept as digests only.
CREATE TABLE IF NOT EXISTS api_keys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT
);
CREATE INDEX IF NOT EXISTS api_keys_of_user ON api_keys (user_id);
CREATE TABLE IF NOT EXISTS organization_members (
  organization_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
  seat TEXT NOT NULL DEFAULT 'full' CHECK (seat IN ('full', 'viewer', 'none')),
  PRIMARY KEY (organization_id, user_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS organizations_of_user ON organization_members (user_id);
CREATE TABLE IF NOT EXISTS team_members (
  entity_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  pending INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (entity_id, user_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS teams_of_user ON team_members (user_id);
CREATE TABLE IF NOT EXISTS invites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entity_id INTEGER NOT NULL,
  email TEXT NOT NULL COLLATE NOCASE,
  user_id INTEGER,
  role TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (entity_id, email)
);
-- Roles that an organization made itself: each inherits what a predefined team role may do.
CREATE TABLE IF NOT EXISTS custom_roles (
  organization_id INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  inherits TEXT NOT NULL CHECK (inherits IN ('admin', 'member', 'view-only')),
  PRIMARY KEY (organization_id, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workflows_admins (
  entity_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  PRIMARY KEY (entity_id, user_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS workflows_of_user ON workflows_admins (user_id);
CREATE TABLE IF NOT EXISTS protected_aliases (
  entity_id INTEGER NOT NULL,
  alias TEXT NOT NULL,
  PRIMARY KEY (entity_id, alias)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS projects (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entity_id INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  access TEXT NOT NULL,
  description TEXT,
  views TEXT,
  read_only INTEGER NOT NULL DEFAULT 0,
  allow_all_types INTEGER NOT NULL DEFAULT 1,
  is_registry INTEGER NOT NULL DEFAULT 0,
  creator_id INTEGER,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (entity_id, name)
);
CREATE TABLE IF NOT EXISTS project_members (
  project_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (project_id, user_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS projects_of_user ON project_members (user_id);
CREATE TABLE IF NOT EXISTS project_team_members (
  project_id INTEGER NOT NULL,
  entity_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (project_id, entity_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS projects_of_team ON project_team_members (entity_id);

-- Protected in one registry, beside those of its whole entity.
CREATE TABLE IF NOT EXISTS project_protected_aliases (
  project_id INTEGER NOT NULL,
  alias TEXT NOT NULL,
  PRIMARY KEY (project_id, alias)
) WITHOUT ROWID;

-- W&B's own migration of a legacy registry, played: one a team.
CREATE TABLE IF NOT EXISTS migrations (
  entity_id INTEGER PRIMARY KEY,
  source_project_id INTEGER NOT NULL,
  target_project_id INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT
);
-- Where a legacy collection that was migrated is now.
CREATE TABLE IF NOT EXISTS redirects (
  collection_id INTEGER PRIMARY KEY,
  target_collection_id INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS integrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entity_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('webhook', 'slack')),
  name TEXT NOT NULL,
  target TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS integrations_of_entity ON integrations (entity_id);
-- Automations. `scope_id` is of a project, a collection or an entity, by `scope_type`.
CREATE TABLE IF NOT EXISTS triggers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  description TEXT,
  enabled INTEGER NOT NULL DEFAULT 1,
  scope_type TEXT NOT NULL,
  scope_id INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  event_filter TEXT NOT NULL,
  action_type TEXT NOT NULL,
  action_config TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (scope_type, scope_id, name)
);
CREATE TABLE IF NOT EXISTS fired_triggers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  trigger_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  event_type TEXT NOT NULL,
  project_id INTEGER,
  collection_id INTEGER,
  artifact_id INTEGER,
  detail TEXT,
  created_at TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS artifact_types (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  created_at TEXT NOT NULL,
  UNIQUE (project_id, name)
);
CREATE TABLE IF NOT EXISTS collections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  type_id INTEGER NOT NULL,
  name TEXT NOT NULL COLLATE NOCASE,
  kind TEXT NOT NULL CHECK (kind IN ('SEQUENCE', 'PORTFOLIO')),
  state TEXT NOT NULL DEFAULT 'READY',
  description TEXT,
  next_index INTEGER NOT NULL DEFAULT 0,
  digest_algorithm TEXT,
  client_id TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (project_id, name)
);
CREATE INDEX IF NOT EXISTS collections_of_type ON collections (type_id, id);
CREATE INDEX IF NOT EXISTS collections_of_project ON collections (project_id, id);
CREATE TABLE IF NOT EXISTS artifacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sequence_id INTEGER NOT NULL,
  type_id INTEGER NOT NULL,
  version_index INTEGER,
  state TEXT NOT NULL,
  digest TEXT NOT NULL,
  digest_algorithm TEXT NOT NULL,
  description TEXT,
  metadata TEXT,
  labels TEXT,
  size INTEGER NOT NULL DEFAULT 0,
  file_count INTEGER NOT NULL DEFAULT 0,
  ttl_seconds INTEGER,
  history_step INTEGER,
  commit_hash TEXT,
  run_id INTEGER,
  user_id INTEGER,
  client_id TEXT,
  distributed_id TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT
);
CREATE INDEX IF NOT EXISTS artifacts_by_distributed_id ON artifacts (sequence_id, distributed_id)
  WHERE distributed_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS artifacts_by_digest ON artifacts (sequence_id, digest);
CREATE INDEX IF NOT EXISTS artifacts_by_client_id ON artifacts (client_id);
-- Aliases asked for at creation; they are set when the artifact is committed.
CREATE TABLE IF NOT EXISTS pending_aliases (
  artifact_id INTEGER NOT NULL,
  alias TEXT NOT NULL,
  PRIMARY KEY (artifact_id, alias)
) WITHOUT ROWID;
-- An artifact seen through a collection: of its own sequence, or a link in a portfolio.
CREATE TABLE IF NOT EXISTS memberships (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  collection_id INTEGER NOT NULL,
  artifact_id INTEGER NOT NULL,
  version_index INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (collection_id, version_index),
  UNIQUE (collection_id, artifact_id)
);
CREATE INDEX IF NOT EXISTS memberships_of_artifact ON memberships (artifact_id);
-- The links in registries by the registry's entity: pages over all registries walk these.
CREATE TABLE IF NOT EXISTS registry_links (
  entity_id INTEGER NOT NULL,
  membership_id INTEGER NOT NULL,
  linked_at TEXT NOT NULL,
  artifact_created_at TEXT NOT NULL,
  PRIMARY KEY (entity_id, membership_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS registry_links_by_link ON registry_links (entity_id, linked_at, membership_id);
CREATE INDEX IF NOT EXISTS registry_links_by_artifact
  ON registry_links (entity_id, artifact_created_at, membership_id);
CREATE INDEX IF NOT EXISTS registry_links_of_membership ON registry_links (membership_id);
CREATE TRIGGER IF NOT EXISTS registry_link_made AFTER INSERT ON memberships BEGIN
  INSERT INTO registry_links
    SELECT p.entity_id, NEW.id, NEW.created_at, a.created_at
    FROM collections c JOIN projects p ON p.id = c.project_id JOIN artifacts a ON a.id = NEW.artifact_id
    WHERE c.id = NEW.collection_id AND p.is_registry = 1;
END;
CREATE TRIGGER IF NOT EXISTS registry_link_gone AFTER DELETE ON memberships BEGIN
  DELETE FROM registry_links WHERE membership_id = OLD.id;
END;
CREATE TABLE IF NOT EXISTS former_links (
  collection_id INTEGER NOT NULL,
  artifact_id INTEGER NOT NULL,
  version_index INTEGER NOT NULL,
  PRIMARY KEY (collection_id, artifact_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  membership_id INTEGER NOT NULL,
  collection_id INTEGER NOT NULL,
  alias TEXT NOT NULL,
  UNIQUE (collection_id, alias)
);
CREATE INDEX IF NOT EXISTS aliases_of_membership ON aliases (membership_id);
CREATE TABLE IF NOT EXISTS tags (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  category TEXT,
  attributes TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS tags_by_name ON tags (name, coalesce(category, ''));
CREATE TABLE IF NOT EXISTS collection_tags (
  collection_id INTEGER NOT NULL,
  tag_id INTEGER NOT NULL,
  PRIMARY KEY (collection_id, tag_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS artifact_tags (
  artifact_id INTEGER NOT NULL,
  tag_id INTEGER NOT NULL,
  PRIMARY KEY (artifact_id, tag_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS manifests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  artifact_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  kind TEXT NOT NULL,
  base_artifact_id INTEGER,
  created_at TEXT NOT NULL
);
-- Several of one name where several processes add to one version.
CREATE INDEX IF NOT EXISTS manifests_of_artifact ON manifests (artifact_id, name);
CREATE TABLE IF NOT EXISTS artifact_files (
  artifact_id INTEGER NOT NULL,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  ref TEXT,
  birth_artifact_id TEXT,
  PRIMARY KEY (artifact_id, path)
) WITHOUT ROWID;
-- What was announced for upload and what arrived: one object an entity and MD5.
CREATE TABLE IF NOT EXISTS objects (
  entity_id INTEGER NOT NULL,
  md5 TEXT NOT NULL,
  size INTEGER,
  PRIMARY KEY (entity_id, md5)
) WITHOUT ROWID;
-- Uploads in parts that are under way; parts is JSON, MD5 by number.
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY,
  artifact_id INTEGER NOT NULL,
  entity_id INTEGER NOT NULL,
  md5 TEXT NOT NULL,
  parts TEXT NOT NULL,
  created_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  display_name TEXT,
  description TEXT,
  notes TEXT,
  state TEXT NOT NULL DEFAULT 'running',
  config TEXT NOT NULL DEFAULT '{}',
  summary_metrics TEXT NOT NULL DEFAULT '{}',
  tags TEXT NOT NULL DEFAULT '[]',
  group_name TEXT,
  job_type TEXT,
  commit_hash TEXT,
  host TEXT,
  program TEXT,
  repo TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  heartbeat_at TEXT NOT NULL,
  UNIQUE (project_id, name)
);
CREATE TABLE IF NOT EXISTS run_lines (
  run_id INTEGER NOT NULL,
  stream TEXT NOT NULL,
  position INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (run_id, stream, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run_inputs (
  run_id INTEGER NOT NULL,
  artifact_id INTEGER NOT NULL,
  used_as TEXT,
  PRIMARY KEY (run_id, artifact_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_using_artifact ON run_inputs (artifact_id, run_id);
CREATE TABLE IF NOT EXISTS run_outputs (
  run_id INTEGER NOT NULL,
  artifact_id INTEGER NOT NULL,
  PRIMARY KEY (run_id, artifact_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_making_artifact ON run_outputs (artifact_id, run_id);
CREATE TABLE IF NOT EXISTS run_files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  size INTEGER,
  md5 TEXT,
  mimetype TEXT,
  updated_at TEXT NOT NULL,
  UNIQUE (run_id, name)
);
