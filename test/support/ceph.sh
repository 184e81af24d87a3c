#!/usr/bin/env bash
# A real S3 server: a Ceph of one monitor, one memory-backed store and one gateway, on loopback alone.
# test/support/ceph.sh FOLDER S3_PORT MONITOR_PORT ACCESS_KEY SECRET_KEY
# Says "ready" on standard output when it is. Ends everything and removes the folder when its standard input closes: that
# happens however the one who started it ends.
set -euo pipefail
folder=$1 port=$2 monitor=$3 access=$4 secret=$5
pids=() ended=false
finish() {
  [ "$ended" = true ] || tail -20 "$folder/log/start" >&2
  kill -KILL "${pids[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap '' INT TERM HUP
trap finish EXIT

mkdir -p "$folder"/{mon,osd,run,log,rgw}
id=$(uuidgen)
export CEPH_CONF=$folder/ceph.conf
cat >"$CEPH_CONF" <<CONF
[global]
fsid = $id
mon_initial_members = a
mon_host = v1:127.0.0.1:$monitor
ms_bind_msgr2 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
run_dir = $folder/run
admin_socket = $folder/run/\$name.asok
pid_file = $folder/run/\$name.pid
log_file = $folder/log/\$name.log
keyring = $folder/keyring
[mon]
mon_data = $folder/mon
mon_data_avail_crit = 1
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[osd]
osd_data = $folder/osd
osd_objectstore = memstore
memstore_device_bytes = 8589934592
osd_op_num_shards = 1
osd_class_update_on_start = false
osd_crush_update_on_start = false
[client.rgw]
rgw_data = $folder/rgw
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_dns_name = localhost
rgw_thread_pool_size = 64
rgw_gc_obj_min_wait = 1
rgw_gc_processor_period = 10
CONF
touch "$folder/keyring"

run() { "$@" </dev/null >>"$folder/log/start" 2>&1 & pids+=($!); }
once() { timeout 30 "$@" </dev/null >>"$folder/log/start" 2>&1; }
# A monitor that has just begun refuses what it will take a moment later.
soon() {
  for _ in $(seq 50); do
    once "$@" && return
    sleep 0.2
  done
  return 1
}

once monmaptool --create --clobber --fsid "$id" --addv a "[v1:127.0.0.1:$monitor]" "$folder/monmap"
once ceph-mon --mkfs -i a --monmap "$folder/monmap"
run ceph-mon -f -i a
store=$(uuidgen)
soon ceph osd create "$store"
once ceph osd crush add osd.0 1.0 host=localhost root=default
once ceph-osd -i 0 --mkfs --osd-uuid "$store"
run ceph-osd -f -i 0
run radosgw -f -n client.rgw
once radosgw-admin -n client.rgw user create --uid=test --display-name=test "--access-key=$access" "--secret-key=$secret"
for _ in $(seq 200); do
  if curl -s -o /dev/null "http://127.0.0.1:$port/"; then
    echo ready
    break
  fi
  sleep 0.1
done
cat >/dev/null
ended=true
