-- Users, groups, roles, tenants, mapping rules, authorizations. `document`: JSON.
CREATE TABLE identity (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Who is a member of what. What belongs to somebody (an authorization) holds him as its only member.
CREATE TABLE identity_member (
    holder_kind TEXT NOT NULL,
    holder TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (holder_kind, holder, member_kind, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_member_of ON identity_member (member_kind, member);

-- Changes so far; each writes this row first, so they come one after the other.
CREATE TABLE identity_version (version INTEGER NOT NULL) STRICT;
INSERT INTO identity_version VALUES (0);

INSERT INTO identity
    SELECT 'user', name, json_object('name', display_name, 'email', email, 'passwordHash', password_hash) FROM user;
INSERT INTO identity SELECT DISTINCT 'group', value, json_object('name', value) FROM user, json_each(user.groups);
INSERT INTO identity_member SELECT DISTINCT 'group', value, 'user', name FROM user, json_each(user.groups);
DROP TABLE user;
