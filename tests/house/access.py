"""Every endpoint and whom it lets in: a new page that is not listed here fails the build."""

ALL = ["inspector", "crew", "supervisor", "engineer", "leader", "admin"]
FIELD = ["inspector", "crew", "supervisor", "engineer"]
REPORT = ["inspector", "supervisor", "engineer", "leader", "admin"]

# Anybody, signed in or not.
OPEN = {"accounts.login", "accounts.set_language", "healthz", "static"}

# endpoint → (address for the cast, roles that get in); others get 403.
PAGES = {
    "worklist.home": ("/", ALL),
    "accounts.account": ("/account", ALL),
    "accounts.role_table": ("/roles", ALL),
    "admin.people": ("/admin/people", ["admin"]),
    "admin.person": ("/admin/people/new", ["admin"]),
    "admin.crews": ("/admin/crews", ["admin"]),
    "admin.crew": ("/admin/crews/new", ["admin"]),
    "admin.districts": ("/admin/districts", ["admin"]),
    "admin.district": ("/admin/districts/new", ["admin"]),
    "tables.rules": ("/admin/deadlines", ["admin"]),
    "tables.rule": ("/admin/deadlines/1", ["admin"]),
    "project_tables.table": ("/admin/stages", ["admin"]),
    "project_tables.stage": ("/admin/stages/1", ["admin"]),
    "tables.days": ("/admin/calendar", ["admin"]),
    "dispatch.timetable": ("/admin/jobs", ["admin"]),
    "network.roads": ("/roads", ALL),
    "network.road": ("/roads/1", ALL),
    "network.edit_road": ("/roads/new", ["supervisor", "engineer", "admin"]),
    "network.edit_section": ("/roads/1/sections/1", ["supervisor", "engineer", "admin"]),
    "network.bring_in": ("/roads/import", ["engineer", "admin"]),
    "network.roads_geojson": ("/roads.geojson", ALL),
    "network.nearest": ("/sections/nearest.json?lon=113.62&lat=34.75", ALL),
    "network.district_map": ("/map", ALL),
    "defects.defects": ("/defects", ALL),
    "defects.defect": ("/defects/{defect}", ALL),
    "defects.geojson": ("/defects.geojson", ALL),
    "defects.near": ("/defects/near.json?lon=113.62&lat=34.75", ALL),
    "defects.photo": ("/photos/{photo}/thumb", ALL),
    "field.new": ("/defects/new", FIELD),
    "field.filed": ("/defects/{defect}/filed", ALL),
    "field.edit": ("/defects/{defect}/edit", ["inspector", "supervisor", "engineer"]),
    "notifications.reminders": ("/notifications", ALL),
    "notifications.reminder": ("/notifications/reminders/{reminder}", ["supervisor"]),
    "reminder_rules.rules": ("/admin/reminders", ["admin"]),
    "reminder_rules.rule": ("/admin/reminders/1", ["admin"]),
    "notifications.stalled": ("/stalled", ALL),
    "projects.project": ("/projects/{project}", ALL),
    "projects.sections_geojson": ("/projects/{project}/sections.geojson", ALL),
    "projects.new": ("/projects/new", ["supervisor", "engineer"]),
    "projects.edit": ("/projects/{project}/edit", ["supervisor", "engineer"]),
    "project_records.paper": ("/projects/{project}/papers/{paper}", ALL),
    "orders.orders": ("/workorders", ALL),
    "orders.order": ("/workorders/{order}", ALL),
    "orders.sheet": ("/workorders/{order}/sheet", ALL),
    "orders.new": ("/workorders/new", ["supervisor"]),
    "orders.finish": ("/workorders/{order}/finish", ["crew"]),
    "tenders.tender": ("/projects/{project}/tender", ALL),
    "plans.plan": ("/projects/{project}/plan", ALL),
    "legal_table.rules": ("/admin/legal", ["admin"]),
    "legal_table.rule": ("/admin/legal/{legal}", ["admin"]),
    "project_lists.projects": ("/projects", ALL),
    "project_lists.board": ("/projects/board", ALL),
    "project_lists.projects_json": ("/projects.json", ALL),
    "project_lists.projects_file": ("/projects.csv", REPORT),
    "wall.wall": ("/projects/wall", ALL),
    "programmes.programmes": ("/programmes", ALL),
    "programmes.programme": ("/programmes/{programme}", ALL),
    "programmes.edit": ("/programmes/{programme}/edit", ["supervisor", "engineer", "admin"]),
    "programmes.counts": ("/programmes/{programme}/counts", ["supervisor", "engineer", "admin"]),
    "reports.bulletin": ("/reports/bulletin", REPORT),
    "reports.bulletin_json": ("/reports/bulletin.json", REPORT),
    "reports.bulletin_file": ("/reports/bulletin.csv", REPORT),
    "reports.mended": ("/reports/mended", REPORT),
    "reports.defects_file": ("/defects.csv", REPORT),
}

# POST only: endpoint → roles for whom the address answers with something else than 403 (walked apart).
POSTS = {
    "accounts.settings",
    "admin.person_settings",
    "notifications.read",
    "accounts.logout",
    "defects.step",
    "field.upload",
    "field.add_photo",
    "orders.step",
}
POSTS |= {"projects.step", "project_records.add_paper", "project_records.add_progress"}
