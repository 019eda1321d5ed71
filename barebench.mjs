import {readFileSync} from 'node:fs'; import {spawn} from 'node:child_process';
import { LoadProcess } from './bench/load/load-process.mjs'; import { sends } from './bench/measures/sealpost-requests.mjs';
const c=spawn('node',['bare.mjs','18999'],{stdio:'inherit'}); await new Promise(r=>setTimeout(r,1500));
const cpu=pid=>{const f=readFileSync(`/proc/${pid}/stat`,'utf8').split(') ')[1].split(' ');return (+f[11]+ +f[12])*10;};
const ids=Array.from({length:300},(_,i)=>`018f4e7e-7b7a-7c3e-9c5c-${String(i).padStart(12,'0')}`);
const load=new LoadProcess(); const people=ids.map(userId=>({userId,token:'x'.repeat(300),accessToken:'x'.repeat(300),conversationId:ids[0]}));
const base={url:'http://127.0.0.1:18999',variables:{recipients:ids},connections:32,requests:sends(people),expected:201};
await load.closedLoop({...base,warmUpSeconds:0,seconds:2}); const c0=cpu(c.pid); const r=await load.closedLoop({...base,warmUpSeconds:0,seconds:4}); const c1=cpu(c.pid);
console.log('bare',r.rate.toFixed(0),'p50',r.latency.p50,'µs/req',((c1-c0)*1000/r.answers).toFixed(1)); await load.stop(); c.kill();
