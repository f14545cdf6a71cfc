"""Where the server keeps everything: tables, named queries, migrations."""
