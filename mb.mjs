import pg from 'pg'; import {randomBytes} from 'node:crypto';
import Result from 'pg/lib/result.js';
import { toEntry } from './dist/modules/messages/message-rows.js'; import { InboxView, MailboxEntryView } from './dist/modules/messages/dto/inbox.dto.js';
const hex=n=>'\\x'+randomBytes(n).toString('hex'); const id='018f4e7e-7b7a-7c3e-9c5c-0000000000e3'; const ub='018f4e7e7b7a7c3e9c5c0000000000e3';
const cols=[['sequence',20,'123'],['id',2950,id],['conversation_id',2950,id],['suite',21,'2'],['sender_id',2950,id],['sender_key_version',23,'1'],['recipients',17,'\\x'+ub+'00000001'+'0000000000000123'],['ciphertext',17,hex(300)],['nonce',17,hex(24)],['received_at',1184,'2026-11-23 22:00:00.123+00'],['expires_at',1184,null]];
const fields=cols.map(([name,dataTypeID])=>({name,dataTypeID,format:'text'})); const data=cols.map(c=>c[2]);
function bench(name,f,n=2000){for(let i=0;i<300;i++)f();const t=process.hrtime.bigint();for(let i=0;i<n;i++)f();console.log(name,(Number(process.hrtime.bigint()-t)/n/1000).toFixed(1),'µs per page of 50');}
const R=()=>{const r=new Result(null,pg.types);r.addFields(fields);return r;};
bench('parseRow',()=>{const r=R();for(let i=0;i<50;i++)r.parseRow(data);});
const r=R(); const row=r.parseRow(data);
bench('toEntry',()=>{for(let i=0;i<50;i++)toEntry(row);});
const e=toEntry(row); bench('view',()=>{for(let i=0;i<50;i++)new MailboxEntryView(e);});
const v=new InboxView({entries:Array(50).fill(e),hasMore:false,lastSequence:1,acknowledgedUpTo:0},0);
bench('stringify',()=>JSON.stringify(v));
const ra=()=>{const r=new Result('array',{getTypeParser:()=>x=>x});r.addFields(fields);return r;};
bench('parse raw',()=>{const r=ra();for(let i=0;i<50;i++)r.parseRow(data);});
const b64=t=>Buffer.from(t.slice(2),'hex').toString('base64url');
const H=Array.from({length:256},(_, i)=>i.toString(16).padStart(2,'0'));
bench('direct json',()=>{let s='';for(let i=0;i<50;i++){const d=data; const rec=d[6]; const u=`${rec.slice(2,10)}-${rec.slice(10,14)}-${rec.slice(14,18)}-${rec.slice(18,22)}-${rec.slice(22,34)}`; s+=`,{"sequence":${d[0]},"id":"${d[1]}","conversationId":"${d[2]}","suite":"box","senderId":"${d[4]}","senderKeyVersion":${d[5]},"recipients":[{"userId":"${u}","keyVersion":${parseInt(rec.slice(34,42),16)}}],"ciphertext":"${b64(d[7])}","nonce":"${b64(d[8])}","receivedAt":${Date.parse(d[9])}}`;}return Buffer.byteLength(s);});
